"""The HTTP layer: routes, requests, responses, problems, OpenAPI and cursors; no rule of the product."""
