"""Look the pinned packages up among known vulnerabilities: ``python -m scripts.audit``.

A finding fails. What can't be looked up, for want of a network or because the service doesn't know
the package, is said and passes: a gate must give the same verdict on a train.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements" / "dev.txt"
UNREACHABLE = ("ConnectionError", "ProxyError", "SSLError", "Timeout", "ServiceError")


def main() -> int:
    """Audit the lock file that holds all packages, and print one line, or one for each finding."""
    command = ["pip-audit", "--disable-pip", "--require-hashes", "--requirement", str(LOCK)]
    options = ["--format", "json", "--progress-spinner", "off"]
    audit = [str(Path(sys.executable).with_name(command[0])), *command[1:], *options]
    done = subprocess.run(audit, check=False, capture_output=True, text=True)
    passed, verdict = judge(done.stdout, done.stderr)
    print(verdict)
    return 0 if passed else 1


def judge(stdout: str, stderr: str) -> tuple[bool, str]:
    """Read what pip-audit said; return whether that passes, and what to tell."""
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
