"""What users send is found nowhere but on the wire."""
