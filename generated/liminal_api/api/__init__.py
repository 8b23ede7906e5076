# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""The operations of the API: a package a tag, a module an operation."""
