"""How right the edits are: answers made from real commits, anchors made from real reviews."""
