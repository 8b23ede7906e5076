"""``liminal.bulk.Cleanser`` in the workers of real engines: ./scripts/engines runs these tests."""
