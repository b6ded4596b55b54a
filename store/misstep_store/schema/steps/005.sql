-- 4 → 5. Halves of batches are known by their number. Nothing that is stored changes.
SELECT 1;
