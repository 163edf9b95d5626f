"""The pages of retention, for information governance officers: overview, holds, purges, canary."""
