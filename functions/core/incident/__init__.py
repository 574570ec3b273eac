"""What people follow: an incident from detection to review. Remediations know nothing of it; it is made from what they record."""
