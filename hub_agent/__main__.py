"""`python -m hub_agent` is `hub-agent`."""

from hub_agent.cli.main import main

if __name__ == "__main__":
    main()
