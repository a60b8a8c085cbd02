"""Made-up clients to look around with: data, and what puts it where connectors find it."""
