"""The part of Hugging Face's API that is about papers."""
