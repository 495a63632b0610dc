"""Door for readers: one KPI per file; reads, never writes."""
