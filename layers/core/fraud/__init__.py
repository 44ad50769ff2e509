"""The rooms every function shares: domain, services, adapters, HTTP."""
