"""What `make bench` runs: each module here yields rows for one chapter or component."""
