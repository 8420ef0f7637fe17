pictures of seg_00000.ts
