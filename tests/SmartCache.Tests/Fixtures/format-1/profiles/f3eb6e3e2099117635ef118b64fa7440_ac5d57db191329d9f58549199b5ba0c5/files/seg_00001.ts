pictures of seg_00001.ts
