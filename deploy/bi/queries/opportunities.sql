SELECT rank AS rank, product_name AS product_name, category AS category, sealed_source AS sealed_source, sealed_price AS sealed_price, singles_value AS singles_value, profit AS profit, margin_percentage AS margin_percentage, p_profit AS p_profit, confidence_score AS confidence_score, risk_level AS risk_level, flags AS flags 
FROM mart.opportunities ORDER BY rank ASC 
 LIMIT 100;
