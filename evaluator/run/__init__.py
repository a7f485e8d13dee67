"""Many trials: what to run (`plan`), running it (`execute`), and the folder it leaves (`folder`)."""
