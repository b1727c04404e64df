"""The ranking by e-mail: settings, schedule, content, writing, sending, and the links in a mail."""
