"""Look up known vulnerabilities of the pinned packages: ``python -m scripts.audit``.

A finding fails. A package that can't be looked up, without a network or because the service doesn't
know it, is reported and passes, so that the gate doesn't depend on the network.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKS = [Path(__file__).parents[1] / "requirements" / f"{name}.txt" for name in ("dev", "docs")]
UNREACHABLE = ("ConnectionError", "ProxyError", "SSLError", "Timeout", "ServiceError")


def main() -> int:
    """Audit the lock files. Print one line, or one for each finding."""
    tool = Path(sys.executable).with_name("pip-audit")
    options = ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
    audit = [str(tool), *options, *(f"--requirement={lock}" for lock in LOCKS)]
    done = subprocess.run(audit, check=False, capture_output=True, text=True)
    passed, verdict = judge(done.stdout, done.stderr)
    print(verdict)
    return 0 if passed else 1


def judge(stdout: str, stderr: str) -> tuple[bool, str]:
    """Read pip-audit's output; return whether it passes, and a summary."""
    try:
        packages: list[dict[str, Any]] = json.loads(stdout)["dependencies"]
    except ValueError:
        last = (stderr.strip() or "no output").splitlines()[-1]
        if any(error in last.partition(":")[0] for error in UNREACHABLE):
            return True, "not checked: service unreachable"
        return False, f"pip-audit failed: {last}"
    found = [_describe(package) for package in packages if package.get("vulns")]
    unknown = sum("skip_reason" in package for package in packages)
    if found:
        return False, "\n".join(found)
    if unknown == len(packages):
        return True, f"not checked: the service knows none of the {unknown} packages"
    return True, f"{len(packages) - unknown} packages without finding, {unknown} not known there"


def _describe(package: dict[str, Any]) -> str:
    ids = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
    return f"{package['name']} {package['version']}: {ids}"


if __name__ == "__main__":
    sys.exit(main())
