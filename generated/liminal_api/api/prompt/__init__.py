# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""The operations with the tag ``prompt``, a module each."""
