# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Contains methods for accessing the API"""
