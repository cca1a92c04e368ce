/** An enum: its name, and the number of each member by its name in the .proto file. */
export interface EnumType {
  readonly name: string;
  readonly values: { readonly [name: string]: number };
}
