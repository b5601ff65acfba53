"""Producers write posts, heartbeats and notices to Kafka: from scenarios, archives and live sources."""
