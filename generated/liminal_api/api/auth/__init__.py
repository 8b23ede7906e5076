# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""Contains endpoint functions for accessing the API"""
