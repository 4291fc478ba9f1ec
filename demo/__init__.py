"""The story of a circle, told over the real HTTP and WebSocket APIs of a running cloud."""
