"""Processors read posts from Kafka and keep rolling counts, incidents and metrics."""
