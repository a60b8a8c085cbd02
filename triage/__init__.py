"""The VA's decisions: verbs with undo, and pure rules."""
