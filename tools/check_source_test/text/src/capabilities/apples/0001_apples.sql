CREATE TABLE apples_apple (
	id int
);