"""What is on its way to becoming a document: a durable queue, its worker, and the bytes as they were sent."""
