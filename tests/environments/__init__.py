"""Programs in surroundings of their own: greenlets, frozen clocks, loops and processes that end."""
