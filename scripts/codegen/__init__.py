"""What `codegen.sh` runs: generate from the contract, derive the blocking variant, compare."""
