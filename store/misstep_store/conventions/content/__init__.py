"""What was said: messages, their parts and documents of every shape as GenAI's."""
