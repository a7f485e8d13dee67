module stockd

go 1.19
