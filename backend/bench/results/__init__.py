"""What every result file says: the machine, the versions, the command."""
