"""What lies behind the explorers: pure simulations, and thin widgets over them, one module for each."""
