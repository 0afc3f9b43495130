(module
  (type (;0;) (func (param i32) (result i32)))
  (import "env" "memory" (memory (;0;) 1 1))
  (func $twice (type 0) (param i32) (result i32)
    local.get 0
    i32.const 2
    i32.mul)
  (func $sum (type 0) (param i32) (result i32)
    (local i32 i32)
    block  ;; label = @1
      loop  ;; label = @2
        local.get 0
        i32.eqz
        br_if 1 (;@1;)
        local.get 1
        local.get 0
        call 0
        i32.add
        local.set 1
        local.get 0
        i32.const 1
        i32.sub
        local.set 0
        br 0 (;@2;)
      end
    end
    local.get 1
    i32.const 0
    i32.lt_s
    if  ;; label = @1
      i32.const 1
      local.set 2
    else
      local.get 1
      local.set 2
    end
    local.get 0
    local.get 2
    local.get 0
    select)
  (export "sum" (func 1)))
