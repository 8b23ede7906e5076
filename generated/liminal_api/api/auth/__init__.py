# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""The operations with the tag ``auth``, a module each."""
