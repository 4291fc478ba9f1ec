"""The demo scenario: users found a circle, talk and trade in it, over the HTTP and WebSocket APIs of a running cloud."""
