"""Where a definition contradicts itself: one function a contradiction."""
