"""The SDK in unusual environments: greenlets, frozen clocks, loops and processes that end."""
