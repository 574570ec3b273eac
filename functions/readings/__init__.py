"""Read-only looks at AWS that several remediations share. Nothing here changes anything."""
