"""Pictures of users: uploaded with a form, checked and re-encoded by a worker, and loaded from addresses that end."""
