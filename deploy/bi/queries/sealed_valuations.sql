SELECT concat_ws(' #', product_name, coalesce(tcg_product_id, product_id::text)) AS product, CASE WHEN published THEN 'published' ELSE 'not published' END AS fate, max(confidence_score) AS "Confidence", max(margin_percentage) AS "Margin in %", max(sealed_price) AS "Price in $" 
FROM mart.sealed_valuations 
WHERE is_newest = true AND margin_percentage IS NOT NULL GROUP BY concat_ws(' #', product_name, coalesce(tcg_product_id, product_id::text)), CASE WHEN published THEN 'published' ELSE 'not published' END ORDER BY "Margin in %" DESC 
 LIMIT 5000;
