"""What the browser draws: the explorers and the guide, and how their static files reach it."""
