-- name: apples_all :many
SELECT 1; 
