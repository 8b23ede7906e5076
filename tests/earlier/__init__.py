"""Programs written for 2025.5.0, the SDK that had this name before, and what they rely on."""
