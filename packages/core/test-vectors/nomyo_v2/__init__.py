"""Protocol 2.0, written from docs/protocol.md alone. The command is ../nomyo_peer_v2.py."""
