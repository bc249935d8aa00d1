"""What a shop lets its customers ask and do: a catalogue of actions and the adapters behind it."""
