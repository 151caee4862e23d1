#pragma once

/// Begins to count what this thread asks `malloc` and its like for.
void allocations_begin(void);

/// Ends it; how often it asked.
long allocations_end(void);
