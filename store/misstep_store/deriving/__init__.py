"""What is made of stored spans: runs and hops, their diagnoses, profiles and sums by day."""
