"""System checks of the plugin, each with an id and a hint."""
